-- AlterTable
ALTER TABLE "approvals" ADD COLUMN     "remind_every_seconds" INTEGER;

-- CreateIndex
CREATE INDEX "approvals_status_expires_at_idx" ON "approvals"("status", "expires_at");

-- CreateIndex
CREATE INDEX "approvals_job_id_idx" ON "approvals"("job_id");

-- AddForeignKey
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE SET NULL ON UPDATE CASCADE;
