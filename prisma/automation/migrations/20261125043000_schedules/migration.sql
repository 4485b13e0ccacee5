-- CreateEnum
CREATE TYPE "overlap_policy" AS ENUM ('SKIP', 'BUFFER_ONE', 'BUFFER_ALL', 'CANCEL_OTHER', 'ALLOW');

-- CreateEnum
CREATE TYPE "missed_run_policy" AS ENUM ('ALL', 'LAST', 'NONE');

-- CreateEnum
CREATE TYPE "occurrence_status" AS ENUM ('DUE', 'BUFFERED', 'STARTING', 'STARTED', 'SUCCEEDED', 'UNSUCCESSFUL', 'SKIPPED', 'MISSED', 'REFUSED');

-- CreateEnum
CREATE TYPE "calendar_kind" AS ENUM ('BLACKOUT', 'ALLOWED');

-- CreateTable
CREATE TABLE "schedules" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "command" TEXT NOT NULL,
    "timeout_seconds" INTEGER NOT NULL,
    "selection" JSONB NOT NULL,
    "timing" JSONB NOT NULL,
    "jitter_seconds" INTEGER NOT NULL DEFAULT 0,
    "overlap_policy" "overlap_policy" NOT NULL DEFAULT 'SKIP',
    "missed_run_policy" "missed_run_policy" NOT NULL DEFAULT 'LAST',
    "catch_up_seconds" INTEGER NOT NULL,
    "pause_on_failure" BOOLEAN NOT NULL DEFAULT false,
    "starts_at" TIMESTAMPTZ(3),
    "ends_at" TIMESTAMPTZ(3),
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "paused_reason" TEXT,
    "next_tick" TIMESTAMPTZ(3),
    "next_fires_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "saved_by_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "schedules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "occurrences" (
    "id" UUID NOT NULL,
    "schedule_id" UUID NOT NULL,
    "tick" TIMESTAMPTZ(3) NOT NULL,
    "fires_at" TIMESTAMPTZ(3) NOT NULL,
    "status" "occurrence_status" NOT NULL,
    "reason" TEXT,
    "execution_id" UUID,
    "claimed_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),

    CONSTRAINT "occurrences_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "calendars" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "kind" "calendar_kind" NOT NULL,
    "windows" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "calendars_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "schedule_calendars" (
    "schedule_id" UUID NOT NULL,
    "calendar_id" UUID NOT NULL,

    CONSTRAINT "schedule_calendars_pkey" PRIMARY KEY ("schedule_id","calendar_id")
);

-- CreateIndex
CREATE INDEX "schedules_is_enabled_next_fires_at_idx" ON "schedules"("is_enabled", "next_fires_at");

-- CreateIndex
CREATE INDEX "schedules_name_id_idx" ON "schedules"("name", "id");

-- CreateIndex
CREATE INDEX "occurrences_schedule_id_status_tick_idx" ON "occurrences"("schedule_id", "status", "tick");

-- CreateIndex
CREATE INDEX "occurrences_execution_id_idx" ON "occurrences"("execution_id");

-- CreateIndex
CREATE UNIQUE INDEX "occurrences_schedule_id_tick_key" ON "occurrences"("schedule_id", "tick");

-- CreateIndex
CREATE UNIQUE INDEX "calendars_name_key" ON "calendars"("name");

-- CreateIndex
CREATE INDEX "schedule_calendars_calendar_id_idx" ON "schedule_calendars"("calendar_id");

-- AddForeignKey
ALTER TABLE "occurrences" ADD CONSTRAINT "occurrences_schedule_id_fkey" FOREIGN KEY ("schedule_id") REFERENCES "schedules"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "schedule_calendars" ADD CONSTRAINT "schedule_calendars_schedule_id_fkey" FOREIGN KEY ("schedule_id") REFERENCES "schedules"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "schedule_calendars" ADD CONSTRAINT "schedule_calendars_calendar_id_fkey" FOREIGN KEY ("calendar_id") REFERENCES "calendars"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
