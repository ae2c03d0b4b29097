-- CreateTable
CREATE TABLE "kartoteka"."schema_change" (
    "revision" BIGINT NOT NULL,
    "before" TEXT NOT NULL,
    "after" TEXT NOT NULL,
    "changes" JSON NOT NULL,

    CONSTRAINT "schema_change_pkey" PRIMARY KEY ("revision")
);
