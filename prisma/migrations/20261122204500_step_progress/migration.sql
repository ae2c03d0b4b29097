-- By hand: how far a background step of a publish has come, and when it is tried again.
ALTER TABLE "kartoteka"."publish_step"
    ADD COLUMN "created_on" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "started_on" TIMESTAMPTZ(6),
    ADD COLUMN "attempts" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "due_on" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "rows_done" BIGINT,
    ADD COLUMN "rows_total" BIGINT,
    ADD COLUMN "place" TEXT;

-- Properties whose hidden column is purged: what was logged of them before that moment stays out of sight for good.
CREATE TABLE "kartoteka"."former_property" (
    "entity" TEXT NOT NULL,
    "property" TEXT NOT NULL,
    "hidden_on" TIMESTAMPTZ(6) NOT NULL,
    CONSTRAINT "former_property_pkey" PRIMARY KEY ("entity", "property")
);
