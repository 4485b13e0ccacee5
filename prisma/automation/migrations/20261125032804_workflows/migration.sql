-- CreateEnum
CREATE TYPE "execution_kind" AS ENUM ('COMMAND', 'JOB');

-- CreateEnum
CREATE TYPE "step_role" AS ENUM ('FLOW', 'FAILURE_HANDLER', 'COMPENSATION');

-- CreateEnum
CREATE TYPE "step_status" AS ENUM ('PENDING', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED', 'SKIPPED', 'UNKNOWN');

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "execution_status" ADD VALUE 'PAUSED';
ALTER TYPE "execution_status" ADD VALUE 'COMPENSATING';

-- AlterEnum
ALTER TYPE "task_status" ADD VALUE 'SKIPPED';

-- DropIndex
DROP INDEX "tasks_execution_id_target_id_key";

-- AlterTable
ALTER TABLE "execution_events" ADD COLUMN     "step_id" UUID,
ADD COLUMN     "step_status" "step_status";

-- AlterTable
ALTER TABLE "executions"
ADD COLUMN     "deadline_at" TIMESTAMPTZ(3),
ADD COLUMN     "definition" JSONB,
ADD COLUMN     "depth" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "ends_as" "execution_status",
ADD COLUMN     "executor_label" TEXT,
ADD COLUMN     "inputs" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "job_id" UUID,
ADD COLUMN     "job_revision" INTEGER,
ADD COLUMN     "kind" "execution_kind" NOT NULL DEFAULT 'COMMAND',
ADD COLUMN     "number" SERIAL NOT NULL,
ADD COLUMN     "parent_step_id" UUID,
ADD COLUMN     "priority" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "reason" TEXT,
ADD COLUMN     "retry_of_id" UUID,
ADD COLUMN     "variables" JSONB NOT NULL DEFAULT '{}',
ALTER COLUMN "command" DROP NOT NULL;

-- AlterTable
ALTER TABLE "shards" ADD COLUMN     "batch" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "deaths" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "holder" TEXT,
ADD COLUMN     "is_held" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "is_open" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "leases" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "ordinal" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "round" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "step_id" UUID;

-- AlterTable
ALTER TABLE "tasks" ADD COLUMN     "batch" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "outputs" JSONB,
ADD COLUMN     "step_id" UUID,
ALTER COLUMN "shard_id" DROP NOT NULL;

-- CreateTable
CREATE TABLE "execution_targets" (
    "execution_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "target_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "is_out" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "execution_targets_pkey" PRIMARY KEY ("execution_id","target_id")
);

-- CreateTable
CREATE TABLE "steps" (
    "id" UUID NOT NULL,
    "execution_id" UUID NOT NULL,
    "scope" TEXT NOT NULL DEFAULT '',
    "node_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "kind" TEXT NOT NULL,
    "role" "step_role" NOT NULL DEFAULT 'FLOW',
    "status" "step_status" NOT NULL DEFAULT 'PENDING',
    "cause_id" UUID,
    "is_recovery" BOOLEAN NOT NULL DEFAULT false,
    "branch" TEXT,
    "taken_edges" INTEGER[],
    "is_settled" BOOLEAN NOT NULL DEFAULT false,
    "is_closed" BOOLEAN NOT NULL DEFAULT false,
    "outputs" JSONB,
    "state" JSONB,
    "reason" TEXT,
    "wake_at" TIMESTAMPTZ(3),
    "timeout_at" TIMESTAMPTZ(3),
    "remaining" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "batch_failed" INTEGER NOT NULL DEFAULT 0,
    "batch" INTEGER NOT NULL DEFAULT 0,
    "batches" INTEGER NOT NULL DEFAULT 0,
    "lanes" INTEGER NOT NULL DEFAULT 1,
    "width" INTEGER NOT NULL DEFAULT 50,
    "failure_limit" INTEGER,
    "batch_limit" INTEGER,
    "is_halted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "steps_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task_holds" (
    "key" TEXT NOT NULL,
    "slot" INTEGER NOT NULL,
    "task_id" UUID NOT NULL,

    CONSTRAINT "task_holds_pkey" PRIMARY KEY ("key","slot")
);

-- What ran before has one step, of its command.
INSERT INTO "steps" ("id", "execution_id", "node_id", "key", "kind", "status", "is_settled", "remaining", "batches", "lanes", "state", "started_at", "finished_at")
SELECT gen_random_uuid(), "id", 'command', 'command', 'command',
    CASE WHEN "status"::text IN ('SUCCEEDED', 'FAILED', 'CANCELLED', 'UNKNOWN') THEN "status"::text::"step_status" ELSE 'RUNNING' END,
    "finished_at" IS NOT NULL, "remaining_tasks", 1, 1000, '{}', coalesce("started_at", "created_at"), "finished_at"
FROM "executions";
UPDATE "shards" SET "step_id" = "steps"."id", "is_open" = true FROM "steps" WHERE "steps"."execution_id" = "shards"."execution_id";
UPDATE "tasks" SET "step_id" = "steps"."id" FROM "steps" WHERE "steps"."execution_id" = "tasks"."execution_id";
INSERT INTO "execution_targets" ("execution_id", "position", "target_id", "name")
SELECT "execution_id", row_number() OVER (PARTITION BY "execution_id" ORDER BY "target_name", "id") - 1, "target_id", "target_name"
FROM "tasks";
ALTER TABLE "shards" ALTER COLUMN "step_id" SET NOT NULL;
ALTER TABLE "tasks" ALTER COLUMN "step_id" SET NOT NULL;
ALTER TABLE "executions" DROP COLUMN "remaining_tasks";

-- CreateIndex
CREATE UNIQUE INDEX "steps_execution_id_key_attempt_key" ON "steps"("execution_id", "key", "attempt");

-- CreateIndex
CREATE INDEX "task_holds_task_id_idx" ON "task_holds"("task_id");

-- CreateIndex
CREATE UNIQUE INDEX "executions_number_key" ON "executions"("number");

-- CreateIndex
CREATE INDEX "executions_job_id_status_idx" ON "executions"("job_id", "status");

-- CreateIndex
CREATE INDEX "executions_parent_step_id_idx" ON "executions"("parent_step_id");

-- CreateIndex
CREATE INDEX "shards_step_id_batch_ordinal_idx" ON "shards"("step_id", "batch", "ordinal");

-- CreateIndex
CREATE UNIQUE INDEX "tasks_step_id_target_id_key" ON "tasks"("step_id", "target_id");

-- AddForeignKey
ALTER TABLE "execution_targets" ADD CONSTRAINT "execution_targets_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "steps" ADD CONSTRAINT "steps_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shards" ADD CONSTRAINT "shards_step_id_fkey" FOREIGN KEY ("step_id") REFERENCES "steps"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_step_id_fkey" FOREIGN KEY ("step_id") REFERENCES "steps"("id") ON DELETE CASCADE ON UPDATE CASCADE;
