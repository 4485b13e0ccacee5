-- CreateEnum
CREATE TYPE "host_key_mismatch" AS ENUM ('NOT_PINNED', 'CHANGED', 'REVOKED');

-- DropIndex
DROP INDEX "target_services_definition_idx";

-- CreateTable
CREATE TABLE "presented_keys" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "verdict" "host_key_mismatch" NOT NULL,
    "execution_id" UUID NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "presented_keys_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "presented_keys_target_id_fingerprint_key" ON "presented_keys"("target_id", "fingerprint");

-- CreateIndex
CREATE INDEX "target_services_definition_target_id_idx" ON "target_services"("definition", "target_id");

-- CreateIndex
CREATE INDEX "targets_address_idx" ON "targets"("address");

-- CreateIndex
CREATE INDEX "targets_other_addresses_idx" ON "targets" USING GIN ("other_addresses");

-- AddForeignKey
ALTER TABLE "presented_keys" ADD CONSTRAINT "presented_keys_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "targets"("id") ON DELETE CASCADE ON UPDATE CASCADE;
