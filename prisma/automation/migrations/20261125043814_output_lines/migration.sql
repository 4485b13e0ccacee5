-- AlterTable
ALTER TABLE "output_chunks" ADD COLUMN     "first_line" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "tasks" ADD COLUMN     "output_bytes" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "output_hash" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "output_lines" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "output_chunks_task_id_first_line_idx" ON "output_chunks"("task_id", "first_line");

-- CreateIndex
CREATE INDEX "tasks_execution_id_output_hash_idx" ON "tasks"("execution_id", "output_hash");

-- Lines and bytes of output that is there already. Its fingerprints stay empty: it is not folded.
UPDATE "output_chunks" SET "first_line" = counted."first_line"
FROM (
  SELECT "execution_id", "sequence",
    sum(length("text") - length(replace("text", E'\n', ''))) OVER (PARTITION BY "task_id" ORDER BY "sequence")
      - (length("text") - length(replace("text", E'\n', ''))) AS "first_line"
  FROM "output_chunks"
) AS counted
WHERE "output_chunks"."execution_id" = counted."execution_id" AND "output_chunks"."sequence" = counted."sequence";

UPDATE "tasks" SET "output_lines" = counted."lines", "output_bytes" = counted."bytes"
FROM (
  SELECT "task_id", sum(length("text") - length(replace("text", E'\n', ''))) AS "lines", sum(octet_length("text")) AS "bytes"
  FROM "output_chunks" GROUP BY "task_id"
) AS counted
WHERE "tasks"."id" = counted."task_id";
