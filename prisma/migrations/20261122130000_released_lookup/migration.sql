-- CreateTable
CREATE TABLE "kartoteka"."released_lookup" (
    "parent_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "property" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "released_lookup_pkey" PRIMARY KEY ("parent_id","entity","property","record_id")
);
