-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "credential_kind" ADD VALUE 'API_TOKEN';
ALTER TYPE "credential_kind" ADD VALUE 'BEARER';
ALTER TYPE "credential_kind" ADD VALUE 'BASIC';
ALTER TYPE "credential_kind" ADD VALUE 'DATABASE';
ALTER TYPE "credential_kind" ADD VALUE 'WINRM';
ALTER TYPE "credential_kind" ADD VALUE 'SNMP';
ALTER TYPE "credential_kind" ADD VALUE 'CUSTOM';

-- DropForeignKey
ALTER TABLE "targets" DROP CONSTRAINT "targets_credential_id_fkey";

-- AlterTable
ALTER TABLE "credentials" ADD COLUMN     "custom_kind_id" UUID,
ADD COLUMN     "description" TEXT,
ADD COLUMN     "folder" TEXT NOT NULL DEFAULT '/',
ADD COLUMN     "reminded_version" INTEGER,
ADD COLUMN     "rotate_after_days" INTEGER,
ADD COLUMN     "settings" JSONB NOT NULL DEFAULT '{}',
ALTER COLUMN "username" DROP NOT NULL;

-- CreateTable
CREATE TABLE "custom_kinds" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "inputs" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "custom_kinds_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credential_versions" (
    "credential_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "sealed" BYTEA NOT NULL,
    "key_id" TEXT NOT NULL,
    "public_key" TEXT,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_until" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by_id" UUID,

    CONSTRAINT "credential_versions_pkey" PRIMARY KEY ("credential_id","version")
);

-- CreateTable
CREATE TABLE "credential_bindings" (
    "id" UUID NOT NULL,
    "credential_id" UUID NOT NULL,
    "filter" TEXT NOT NULL,
    "specificity" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by_id" UUID NOT NULL,

    CONSTRAINT "credential_bindings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "vault_keys" (
    "id" TEXT NOT NULL,
    "wrapped" BYTEA,
    "is_active" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by_id" UUID,

    CONSTRAINT "vault_keys_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "custom_kinds_name_key" ON "custom_kinds"("name");

-- CreateIndex
CREATE INDEX "credential_versions_key_id_idx" ON "credential_versions"("key_id");

-- CreateIndex
CREATE UNIQUE INDEX "credential_bindings_credential_id_filter_key" ON "credential_bindings"("credential_id", "filter");

-- CreateIndex
CREATE UNIQUE INDEX "vault_keys_active_key" ON "vault_keys"("is_active") WHERE ("is_active" = true);

-- CreateIndex
CREATE INDEX "credential_releases_credential_id_released_at_idx" ON "credential_releases"("credential_id", "released_at");

-- CreateIndex
CREATE INDEX "credentials_folder_name_idx" ON "credentials"("folder", "name");

-- AddForeignKey
ALTER TABLE "targets" ADD CONSTRAINT "targets_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_custom_kind_id_fkey" FOREIGN KEY ("custom_kind_id") REFERENCES "custom_kinds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credential_versions" ADD CONSTRAINT "credential_versions_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credential_versions" ADD CONSTRAINT "credential_versions_key_id_fkey" FOREIGN KEY ("key_id") REFERENCES "vault_keys"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credential_bindings" ADD CONSTRAINT "credential_bindings_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What was sealed before versions is version 1, under the key whose id is in its bytes 2 to 9.
INSERT INTO "vault_keys" ("id", "is_active")
  SELECT DISTINCT encode(substring("sealed" FROM 2 FOR 8), 'hex'), false FROM "credentials";

INSERT INTO "credential_versions" ("credential_id", "version", "sealed", "key_id", "valid_from", "created_at")
  SELECT "id", 1, "sealed", encode(substring("sealed" FROM 2 FOR 8), 'hex'), "created_at", "created_at" FROM "credentials";

ALTER TABLE "credentials" DROP COLUMN "sealed";
