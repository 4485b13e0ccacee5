-- CreateEnum
CREATE TYPE "host_key_policy" AS ENUM ('STRICT', 'TRUST_ON_FIRST_USE');

-- CreateEnum
CREATE TYPE "host_key_origin" AS ENUM ('FIRST_USE', 'OPERATOR');

-- CreateEnum
CREATE TYPE "credential_kind" AS ENUM ('PASSWORD', 'SSH_KEY');

-- CreateTable
CREATE TABLE "targets" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "host_key_policy" "host_key_policy" NOT NULL,
    "credential_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "targets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "target_labels" (
    "target_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "target_labels_pkey" PRIMARY KEY ("target_id","key")
);

-- CreateTable
CREATE TABLE "host_keys" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "origin" "host_key_origin" NOT NULL,
    "pinned_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "host_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credentials" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "credential_kind" NOT NULL,
    "username" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "credentials_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credential_releases" (
    "task_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "execution_id" UUID NOT NULL,
    "credential_id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "released_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credential_releases_pkey" PRIMARY KEY ("task_id","attempt")
);

-- CreateTable
CREATE TABLE "vault_canaries" (
    "id" INTEGER NOT NULL,
    "sealed" BYTEA NOT NULL,

    CONSTRAINT "vault_canaries_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "targets_credential_id_idx" ON "targets"("credential_id");

-- CreateIndex
CREATE UNIQUE INDEX "targets_name_key" ON "targets"("name") WHERE ("deleted_at" IS NULL);

-- CreateIndex
CREATE INDEX "target_labels_key_value_idx" ON "target_labels"("key", "value");

-- CreateIndex
CREATE UNIQUE INDEX "host_keys_target_id_fingerprint_key" ON "host_keys"("target_id", "fingerprint");

-- CreateIndex
CREATE UNIQUE INDEX "credentials_name_key" ON "credentials"("name");

-- AddForeignKey
ALTER TABLE "targets" ADD CONSTRAINT "targets_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target_labels" ADD CONSTRAINT "target_labels_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "targets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "host_keys" ADD CONSTRAINT "host_keys_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "targets"("id") ON DELETE CASCADE ON UPDATE CASCADE;
