-- CreateTable
CREATE TABLE "kartoteka"."conversion" (
    "id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "converted_on" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "converted_by_id" UUID NOT NULL,
    "log" JSONB NOT NULL,
    "undone_on" TIMESTAMPTZ(6),

    CONSTRAINT "conversion_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "conversion_record_id_converted_on_idx" ON "kartoteka"."conversion"("record_id", "converted_on");
