-- AlterTable
ALTER TABLE "tasks" ADD COLUMN     "waits_for_hold" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "executors" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "labels" TEXT[],
    "capacity" INTEGER NOT NULL,
    "running" INTEGER NOT NULL DEFAULT 0,
    "is_draining" BOOLEAN NOT NULL DEFAULT false,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "stopped_at" TIMESTAMPTZ(3),

    CONSTRAINT "executors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "execution_plans" (
    "id" UUID NOT NULL,
    "planned_by_id" UUID NOT NULL,
    "input" JSONB NOT NULL,
    "findings" JSONB NOT NULL,
    "hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "execution_plans_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "executors_last_seen_at_idx" ON "executors"("last_seen_at");

-- CreateIndex
CREATE INDEX "execution_plans_expires_at_idx" ON "execution_plans"("expires_at");
