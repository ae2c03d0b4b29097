-- CreateTable
CREATE TABLE "kartoteka"."merge" (
    "id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "survivor_id" UUID NOT NULL,
    "merged_on" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "merged_by_id" UUID NOT NULL,
    "log" JSONB NOT NULL,
    "undone_on" TIMESTAMPTZ(6),

    CONSTRAINT "merge_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "merge_survivor_id_merged_on_idx" ON "kartoteka"."merge"("survivor_id", "merged_on");
