-- CreateIndex
CREATE INDEX "executions_job_id_id_idx" ON "executions"("job_id", "id");

-- CreateIndex
CREATE INDEX "executions_started_by_id_id_idx" ON "executions"("started_by_id", "id");
