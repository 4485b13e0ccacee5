-- DropTable
DROP TABLE "execution_plans";
