-- AlterTable
ALTER TABLE "kartoteka"."change_log" ADD COLUMN     "caller_id" UUID;
