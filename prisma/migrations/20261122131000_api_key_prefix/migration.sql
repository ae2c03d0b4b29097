-- Nothing has made keys before this, so there is no row to fill.
-- AlterTable
ALTER TABLE "kartoteka"."api_key" ADD COLUMN "prefix" TEXT NOT NULL;

-- CreateIndex
CREATE INDEX "api_key_revoked_on_idx" ON "kartoteka"."api_key"("revoked_on");
