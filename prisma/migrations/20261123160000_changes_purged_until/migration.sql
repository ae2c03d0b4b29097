-- Until when changes of records were purged: of moments before it nothing certain is known any more, however long changes are kept from now
-- on. Where some were purged already, that was before the oldest one that is left.
ALTER TABLE "kartoteka"."state" ADD COLUMN     "changes_purged_until" TIMESTAMPTZ(6);
UPDATE "kartoteka"."state" SET "changes_purged_until" = coalesce((SELECT min(l."at") FROM "kartoteka"."change_log" l), now())
    WHERE "changes_purged" > '0'::xid8;

-- As before; what is removed is remembered by its time as well.
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
        RETURNING c."xid", c."at"
    ), s AS (
        DELETE FROM "kartoteka"."share_log" c WHERE c.ctid = ANY (ARRAY(
            SELECT g.ctid FROM "kartoteka"."share_log" g WHERE g."at" < "written_before" ORDER BY g."at" LIMIT "most" FOR UPDATE
        ))
        RETURNING c."xid"
    ), r AS (
        SELECT max(g."xid") AS "xid", max(g."at") AS "at" FROM (SELECT d."xid", d."at" FROM d UNION ALL SELECT s."xid", NULL FROM s) g
    ), t AS (
        UPDATE "kartoteka"."state" SET "changes_purged" = greatest("changes_purged", r."xid"),
            "changes_purged_until" = greatest("changes_purged_until", r."at") FROM r WHERE r."xid" IS NOT NULL
    ) SELECT count(*) FROM d
$$;
