-- CreateTable
CREATE TABLE "step_libraries" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "version_key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "digest" TEXT NOT NULL,
    "steps" JSONB NOT NULL,
    "installed_by_id" UUID,
    "installed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "step_libraries_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "step_libraries_name_version_key_idx" ON "step_libraries"("name", "version_key" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "step_libraries_name_version_key" ON "step_libraries"("name", "version");
