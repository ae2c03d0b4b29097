-- Every body that a revision stored or took away.
CREATE TABLE "kartoteka"."document_history" (
    "layer" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "revision" BIGINT NOT NULL,
    "body" JSON,

    CONSTRAINT "document_history_pkey" PRIMARY KEY ("layer", "kind", "name", "revision")
);

CREATE INDEX "document_history_revision_idx" ON "kartoteka"."document_history"("revision");

-- What is known of the revisions until now: the documents that are still as they stored them.
INSERT INTO "kartoteka"."document_history" ("layer", "kind", "name", "revision", "body")
SELECT "layer", "kind", "name", "revision", "body" FROM "kartoteka"."document";

ALTER TABLE "kartoteka"."state" ADD COLUMN "history_from" BIGINT NOT NULL DEFAULT 0;

UPDATE "kartoteka"."state" SET "history_from" = "revision";

ALTER TABLE "kartoteka"."revision"
ADD COLUMN "caller_id" UUID,
ADD COLUMN "changes" JSON,
ADD COLUMN "change_count" INTEGER;

CREATE TABLE "kartoteka"."change_set" (
    "name" TEXT NOT NULL,
    "comment" TEXT NOT NULL,
    "base_revision" BIGINT NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 1,
    "created_by_id" UUID,
    "created_on" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "modified_by_id" UUID,
    "modified_on" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "change_set_pkey" PRIMARY KEY ("name")
);

CREATE TABLE "kartoteka"."change_set_document" (
    "change_set" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "body" JSON,
    "version" BIGINT NOT NULL,
    "modified_by_id" UUID,
    "modified_on" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "change_set_document_pkey" PRIMARY KEY ("change_set", "kind", "name")
);

ALTER TABLE "kartoteka"."change_set_document" ADD CONSTRAINT "change_set_document_change_set_fkey" FOREIGN KEY ("change_set") REFERENCES "kartoteka"."change_set"("name") ON DELETE CASCADE ON UPDATE CASCADE;
