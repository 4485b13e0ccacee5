-- CreateEnum
CREATE TYPE "criticality" AS ENUM ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL');

-- CreateEnum
CREATE TYPE "reachability" AS ENUM ('UNKNOWN', 'REACHABLE', 'UNREACHABLE');

-- CreateEnum
CREATE TYPE "host_key_state" AS ENUM ('UNVERIFIED', 'PINNED', 'CHANGED', 'REVOKED');

-- CreateEnum
CREATE TYPE "attribute_type" AS ENUM ('TEXT', 'NUMBER', 'DATE', 'BOOLEAN');

-- DropForeignKey
ALTER TABLE "targets" DROP CONSTRAINT "targets_credential_id_fkey";

-- AlterTable
ALTER TABLE "targets" ADD COLUMN     "asset_tag" TEXT,
ADD COLUMN     "checked_at" TIMESTAMPTZ(3),
ADD COLUMN     "contract" TEXT,
ADD COLUMN     "criticality" "criticality",
ADD COLUMN     "datacenter" TEXT,
ADD COLUMN     "description" TEXT,
ADD COLUMN     "environment" TEXT,
ADD COLUMN     "host_key_state" "host_key_state" NOT NULL DEFAULT 'UNVERIFIED',
ADD COLUMN     "last_execution_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_execution_id" UUID,
ADD COLUMN     "model" TEXT,
ADD COLUMN     "os" TEXT,
ADD COLUMN     "other_addresses" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "owner" TEXT,
ADD COLUMN     "rack" TEXT,
ADD COLUMN     "rack_position" TEXT,
ADD COLUMN     "reachability" "reachability" NOT NULL DEFAULT 'UNKNOWN',
ADD COLUMN     "room" TEXT,
ADD COLUMN     "serial" TEXT,
ADD COLUMN     "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "vendor" TEXT,
ALTER COLUMN "credential_id" DROP NOT NULL;

-- CreateTable
CREATE TABLE "target_attributes" (
    "target_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "type" "attribute_type" NOT NULL,
    "text" TEXT NOT NULL,
    "number" DOUBLE PRECISION,
    "date" DATE,

    CONSTRAINT "target_attributes_pkey" PRIMARY KEY ("target_id","key")
);

-- CreateTable
CREATE TABLE "target_services" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "definition" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "is_default" BOOLEAN NOT NULL,

    CONSTRAINT "target_services_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_definitions" (
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "service_definitions_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "maintenance_windows" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "set_by_id" UUID NOT NULL,

    CONSTRAINT "maintenance_windows_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "target_changes" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "actor_id" UUID,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "fields" JSONB NOT NULL,

    CONSTRAINT "target_changes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "target_groups" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "parent_id" UUID,
    "path" TEXT NOT NULL,
    "description" TEXT,
    "filter" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "target_groups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_members" (
    "group_id" UUID NOT NULL,
    "target_id" UUID NOT NULL,

    CONSTRAINT "group_members_pkey" PRIMARY KEY ("group_id","target_id")
);

-- CreateIndex
CREATE INDEX "target_attributes_key_text_idx" ON "target_attributes"("key", "text");

-- CreateIndex
CREATE INDEX "target_attributes_key_number_idx" ON "target_attributes"("key", "number");

-- CreateIndex
CREATE INDEX "target_attributes_key_date_idx" ON "target_attributes"("key", "date");

-- CreateIndex
CREATE INDEX "target_services_definition_idx" ON "target_services"("definition");

-- CreateIndex
CREATE UNIQUE INDEX "target_services_target_id_definition_port_key" ON "target_services"("target_id", "definition", "port");

-- CreateIndex
CREATE UNIQUE INDEX "target_services_default_key" ON "target_services"("target_id") WHERE ("is_default" = true);

-- CreateIndex
CREATE INDEX "maintenance_windows_target_id_ends_at_idx" ON "maintenance_windows"("target_id", "ends_at");

-- CreateIndex
CREATE INDEX "target_changes_target_id_id_idx" ON "target_changes"("target_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "target_groups_path_key" ON "target_groups"("path");

-- CreateIndex
CREATE INDEX "target_groups_parent_id_idx" ON "target_groups"("parent_id");

-- CreateIndex
CREATE INDEX "group_members_target_id_idx" ON "group_members"("target_id");

-- CreateIndex
CREATE INDEX "targets_environment_name_idx" ON "targets"("environment", "name");

-- CreateIndex
CREATE INDEX "targets_owner_name_idx" ON "targets"("owner", "name");

-- CreateIndex
CREATE INDEX "targets_criticality_name_idx" ON "targets"("criticality", "name");

-- CreateIndex
CREATE INDEX "targets_reachability_name_idx" ON "targets"("reachability", "name");

-- CreateIndex
CREATE INDEX "targets_host_key_state_name_idx" ON "targets"("host_key_state", "name");

-- CreateIndex
CREATE INDEX "targets_tags_idx" ON "targets" USING GIN ("tags");

-- AddForeignKey
ALTER TABLE "targets" ADD CONSTRAINT "targets_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target_attributes" ADD CONSTRAINT "target_attributes_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "targets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target_services" ADD CONSTRAINT "target_services_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "targets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "maintenance_windows" ADD CONSTRAINT "maintenance_windows_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "targets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target_groups" ADD CONSTRAINT "target_groups_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "target_groups"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_members" ADD CONSTRAINT "group_members_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "target_groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_members" ADD CONSTRAINT "group_members_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "targets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the targets of before have already.
INSERT INTO "target_services" ("id", "target_id", "definition", "port", "is_default")
  SELECT gen_random_uuid(), "id", 'ssh', "port", true FROM "targets";

UPDATE "targets" t SET "host_key_state" =
  CASE WHEN EXISTS (SELECT 1 FROM "host_keys" k WHERE k."target_id" = t."id" AND k."revoked_at" IS NULL)
    THEN 'PINNED' ELSE 'REVOKED' END::"host_key_state"
  WHERE EXISTS (SELECT 1 FROM "host_keys" k WHERE k."target_id" = t."id");
