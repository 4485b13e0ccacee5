-- CreateEnum
CREATE TYPE "folder_access" AS ENUM ('READ', 'RUN', 'WRITE');

-- CreateEnum
CREATE TYPE "approval_status" AS ENUM ('PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN');

-- CreateTable
CREATE TABLE "job_folders" (
    "id" UUID NOT NULL,
    "parent_id" UUID,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "job_folders_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "folder_grants" (
    "folder_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "access" "folder_access" NOT NULL,

    CONSTRAINT "folder_grants_pkey" PRIMARY KEY ("folder_id","user_id")
);

-- CreateTable
CREATE TABLE "jobs" (
    "id" UUID NOT NULL,
    "folder_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "revision_number" INTEGER NOT NULL DEFAULT 1,
    "created_by_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job_revisions" (
    "job_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "definition" JSON NOT NULL,
    "hash" TEXT NOT NULL,
    "comment" TEXT,
    "restored_number" INTEGER,
    "created_by_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "job_revisions_pkey" PRIMARY KEY ("job_id","number")
);

-- CreateTable
CREATE TABLE "sub_jobs" (
    "parent_id" UUID NOT NULL,
    "child_id" UUID NOT NULL,

    CONSTRAINT "sub_jobs_pkey" PRIMARY KEY ("parent_id","child_id")
);

-- CreateTable
CREATE TABLE "approvals" (
    "id" UUID NOT NULL,
    "execution_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "job_id" UUID,
    "status" "approval_status" NOT NULL DEFAULT 'PENDING',
    "message" TEXT NOT NULL,
    "form" JSONB NOT NULL DEFAULT '[]',
    "subject_hash" TEXT NOT NULL,
    "quorum" INTEGER NOT NULL DEFAULT 1,
    "may_requester_approve" BOOLEAN NOT NULL DEFAULT false,
    "approver_roles" TEXT[],
    "requested_by_id" UUID NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "remind_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "approvals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approval_decisions" (
    "approval_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "is_approved" BOOLEAN NOT NULL,
    "answers" JSONB NOT NULL DEFAULT '{}',
    "comment" TEXT,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "approval_decisions_pkey" PRIMARY KEY ("approval_id","user_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "job_folders_parent_id_name_key" ON "job_folders"("parent_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "jobs_folder_id_name_key" ON "jobs"("folder_id", "name");

-- CreateIndex
CREATE INDEX "sub_jobs_child_id_idx" ON "sub_jobs"("child_id");

-- CreateIndex
CREATE INDEX "approvals_status_id_idx" ON "approvals"("status", "id");

-- CreateIndex
CREATE INDEX "approvals_status_remind_at_idx" ON "approvals"("status", "remind_at");

-- CreateIndex
CREATE UNIQUE INDEX "approvals_execution_id_key_key" ON "approvals"("execution_id", "key");

-- AddForeignKey
ALTER TABLE "job_folders" ADD CONSTRAINT "job_folders_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "job_folders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "folder_grants" ADD CONSTRAINT "folder_grants_folder_id_fkey" FOREIGN KEY ("folder_id") REFERENCES "job_folders"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_folder_id_fkey" FOREIGN KEY ("folder_id") REFERENCES "job_folders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_revisions" ADD CONSTRAINT "job_revisions_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sub_jobs" ADD CONSTRAINT "sub_jobs_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sub_jobs" ADD CONSTRAINT "sub_jobs_child_id_fkey" FOREIGN KEY ("child_id") REFERENCES "jobs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval_decisions" ADD CONSTRAINT "approval_decisions_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approvals"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The root of all folders. Its id is known to the code (`ROOT_FOLDER_ID`).
INSERT INTO "job_folders" ("id", "name") VALUES ('00000000-0000-7000-8000-000000000000', '');
