-- AlterTable
ALTER TABLE "kartoteka"."session" ADD COLUMN     "address" TEXT,
ADD COLUMN     "user_agent" TEXT;
