-- AlterTable
ALTER TABLE "schedules" ADD COLUMN     "job_id" UUID,
ADD COLUMN     "job_inputs" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "job_revision" INTEGER,
ALTER COLUMN "command" DROP NOT NULL,
ALTER COLUMN "timeout_seconds" DROP NOT NULL;

-- CreateIndex
CREATE INDEX "schedules_job_id_idx" ON "schedules"("job_id");

-- AddForeignKey
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
