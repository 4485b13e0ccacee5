-- CreateEnum
CREATE TYPE "execution_status" AS ENUM ('PENDING', 'RUNNING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'UNKNOWN');

-- CreateEnum
CREATE TYPE "task_status" AS ENUM ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'UNREACHABLE', 'HOST_KEY_MISMATCH', 'TIMED_OUT', 'CANCELLED', 'UNKNOWN');

-- CreateEnum
CREATE TYPE "output_stream" AS ENUM ('STDOUT', 'STDERR');

-- CreateTable
CREATE TABLE "executions" (
    "id" UUID NOT NULL,
    "status" "execution_status" NOT NULL DEFAULT 'PENDING',
    "command" TEXT NOT NULL,
    "timeout_seconds" INTEGER NOT NULL,
    "started_by_id" UUID NOT NULL,
    "request_id" TEXT NOT NULL,
    "last_sequence" INTEGER NOT NULL DEFAULT 0,
    "remaining_tasks" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "idempotency_key" TEXT,
    "input_hash" TEXT NOT NULL,

    CONSTRAINT "executions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "shards" (
    "id" UUID NOT NULL,
    "execution_id" UUID NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "shards_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tasks" (
    "id" UUID NOT NULL,
    "execution_id" UUID NOT NULL,
    "shard_id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "target_name" TEXT NOT NULL,
    "status" "task_status" NOT NULL DEFAULT 'PENDING',
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "fence" TEXT,
    "exit_code" INTEGER,
    "signal" TEXT,
    "reason" TEXT,
    "output_truncated" BOOLEAN NOT NULL DEFAULT false,
    "output_chunks" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "execution_events" (
    "execution_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "execution_status" "execution_status",
    "task_id" UUID,
    "task_status" "task_status",

    CONSTRAINT "execution_events_pkey" PRIMARY KEY ("execution_id","sequence")
);

-- CreateTable
CREATE TABLE "output_chunks" (
    "execution_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "task_id" UUID NOT NULL,
    "stream" "output_stream" NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "output_chunks_pkey" PRIMARY KEY ("execution_id","sequence")
);

-- CreateIndex
CREATE INDEX "executions_status_id_idx" ON "executions"("status", "id");

-- CreateIndex
CREATE UNIQUE INDEX "executions_started_by_id_idempotency_key_key" ON "executions"("started_by_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "shards_execution_id_idx" ON "shards"("execution_id");

-- CreateIndex
CREATE INDEX "tasks_execution_id_target_name_id_idx" ON "tasks"("execution_id", "target_name", "id");

-- CreateIndex
CREATE INDEX "tasks_shard_id_idx" ON "tasks"("shard_id");

-- CreateIndex
CREATE INDEX "tasks_target_id_execution_id_idx" ON "tasks"("target_id", "execution_id");

-- CreateIndex
CREATE UNIQUE INDEX "tasks_execution_id_target_id_key" ON "tasks"("execution_id", "target_id");

-- CreateIndex
CREATE INDEX "output_chunks_task_id_sequence_idx" ON "output_chunks"("task_id", "sequence");

-- AddForeignKey
ALTER TABLE "shards" ADD CONSTRAINT "shards_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_shard_id_fkey" FOREIGN KEY ("shard_id") REFERENCES "shards"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "execution_events" ADD CONSTRAINT "execution_events_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "output_chunks" ADD CONSTRAINT "output_chunks_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
