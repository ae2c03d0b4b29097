-- DropIndex
DROP INDEX "kartoteka"."change_log_xid_idx";

-- CreateIndex
CREATE INDEX "change_log_entity_xid_id_idx" ON "kartoteka"."change_log"("entity", "xid", "id");

-- AlterTable
ALTER TABLE "kartoteka"."state" ADD COLUMN     "changes_purged" xid8 NOT NULL DEFAULT '0'::xid8;

-- CreateTable
CREATE TABLE "kartoteka"."share_log" (
    "id" BIGINT NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "principal_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "rights_before" SMALLINT NOT NULL,
    "rights_after" SMALLINT NOT NULL,

    CONSTRAINT "share_log_pkey" PRIMARY KEY ("principal_id","entity","xid","id")
);

-- CreateIndex
CREATE INDEX "share_log_at_idx" ON "kartoteka"."share_log"("at");

-- By hand: whoever writes shares, by whatever statement, leaves what they were before. Of an upsert only the row itself knows
-- that, so a trigger asks it, once per
-- statement. Ids are those of the change log: together they are one order.
CREATE FUNCTION "kartoteka"."log_shares"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO "kartoteka"."share_log" ("id", "principal_id", "entity", "record_id", "rights_before", "rights_after")
            SELECT nextval('kartoteka.change_log_id_seq'), n."principal_id", n."entity", n."record_id", 0, n."rights" FROM "added" n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO "kartoteka"."share_log" ("id", "principal_id", "entity", "record_id", "rights_before", "rights_after")
            SELECT nextval('kartoteka.change_log_id_seq'), n."principal_id", n."entity", n."record_id", o."rights", n."rights"
            FROM "added" n JOIN "removed" o USING ("principal_id", "entity", "record_id") WHERE o."rights" <> n."rights";
    ELSE
        INSERT INTO "kartoteka"."share_log" ("id", "principal_id", "entity", "record_id", "rights_before", "rights_after")
            SELECT nextval('kartoteka.change_log_id_seq'), o."principal_id", o."entity", o."record_id", o."rights", 0 FROM "removed" o;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER "share_added" AFTER INSERT ON "kartoteka"."share" REFERENCING NEW TABLE AS "added"
    FOR EACH STATEMENT EXECUTE FUNCTION "kartoteka"."log_shares"();
CREATE TRIGGER "share_changed" AFTER UPDATE ON "kartoteka"."share" REFERENCING OLD TABLE AS "removed" NEW TABLE AS "added"
    FOR EACH STATEMENT EXECUTE FUNCTION "kartoteka"."log_shares"();
CREATE TRIGGER "share_removed" AFTER DELETE ON "kartoteka"."share" REFERENCING OLD TABLE AS "removed"
    FOR EACH STATEMENT EXECUTE FUNCTION "kartoteka"."log_shares"();

-- Removes the oldest changes of each entity that were written before a moment, at most so many, and as many changes of shares; answers
-- how many changes of records. What is removed is remembered by its latest transaction: a delta link that had not seen that one yet
-- has lost something.
CREATE OR REPLACE FUNCTION "kartoteka"."purge_changes"("written_before" timestamptz, "most" bigint) RETURNS bigint
    LANGUAGE sql VOLATILE SET "kartoteka.change_log" = 'purge' AS $$
    WITH RECURSIVE e("entity") AS (
        (SELECT l."entity" FROM "kartoteka"."change_log" l ORDER BY l."entity" LIMIT 1)
        UNION ALL
        SELECT (SELECT l."entity" FROM "kartoteka"."change_log" l WHERE l."entity" > e."entity" ORDER BY l."entity" LIMIT 1)
        FROM e WHERE e."entity" IS NOT NULL
    ), o AS MATERIALIZED (
        SELECT c.* FROM e CROSS JOIN LATERAL (
            SELECT l."record_id", l."version", l."id" FROM "kartoteka"."change_log" l
            WHERE l."entity" = e."entity" AND l."at" < "written_before" ORDER BY l."at", l."id" LIMIT "most"
        ) c LIMIT "most"
    ), d AS (
        DELETE FROM "kartoteka"."change_log" c USING o
        WHERE (c."record_id", c."version", c."id") = (o."record_id", o."version", o."id")
        RETURNING c."xid"
    ), s AS (
        DELETE FROM "kartoteka"."share_log" c WHERE c.ctid = ANY (ARRAY(
            SELECT g.ctid FROM "kartoteka"."share_log" g WHERE g."at" < "written_before" ORDER BY g."at" LIMIT "most" FOR UPDATE
        ))
        RETURNING c."xid"
    ), r AS (
        SELECT max(g."xid") AS "xid" FROM (SELECT d."xid" FROM d UNION ALL SELECT s."xid" FROM s) g
    ), t AS (
        UPDATE "kartoteka"."state" SET "changes_purged" = greatest("changes_purged", r."xid") FROM r WHERE r."xid" IS NOT NULL
    ) SELECT count(*) FROM d
$$;
