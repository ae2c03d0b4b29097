-- CreateIndex
CREATE INDEX "change_log_entity_at_id_idx" ON "kartoteka"."change_log"("entity", "at", "id");

-- By hand: changes are added and never changed, but for what the purge removes and what is redacted. The two functions below say
-- so for as long as they run; inserts meet no trigger.
CREATE FUNCTION "kartoteka"."change_log_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('kartoteka.change_log', true) = 'purge' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'kartoteka.change_log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER "change_log_append_only"
    BEFORE DELETE OR TRUNCATE ON "kartoteka"."change_log"
    FOR EACH STATEMENT EXECUTE FUNCTION "kartoteka"."change_log_append_only"();

-- Redaction changes images and nothing else: who did what, to which record and when stays.
CREATE FUNCTION "kartoteka"."change_log_redact_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('kartoteka.change_log', true) = 'redact'
        AND to_jsonb(OLD) - 'before' - 'after' = to_jsonb(NEW) - 'before' - 'after' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'kartoteka.change_log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER "change_log_redact_only"
    BEFORE UPDATE ON "kartoteka"."change_log"
    FOR EACH ROW EXECUTE FUNCTION "kartoteka"."change_log_redact_only"();

-- Removes the oldest changes that were written before a moment, of at most so many looked at; answers how many. The log is
-- written in the order of its transactions, whose index leads to the oldest ones.
CREATE FUNCTION "kartoteka"."purge_changes"("written_before" timestamptz, "most" bigint) RETURNS bigint
    LANGUAGE sql VOLATILE SET "kartoteka.change_log" = 'purge' AS $$
    WITH o AS MATERIALIZED (
        SELECT l."record_id", l."version", l."id", l."at" FROM "kartoteka"."change_log" l ORDER BY l."xid" LIMIT "most"
    ), d AS (
        DELETE FROM "kartoteka"."change_log" c USING o
        WHERE o."at" < "written_before" AND (c."record_id", c."version", c."id") = (o."record_id", o."version", o."id")
        RETURNING 1
    ) SELECT count(*) FROM d
$$;

-- An image without the values of some properties: "@redacted" names those it had. No property begins with "@".
CREATE FUNCTION "kartoteka"."redacted_image"("image" jsonb, "names" text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN "image" ?| "names" THEN
        ("image" - "names") || jsonb_build_object('@redacted', (
            SELECT jsonb_agg(r."name" ORDER BY r."name") FROM (
                SELECT n."name" FROM unnest("names") n("name") WHERE "image" ? n."name"
                UNION SELECT jsonb_array_elements_text(coalesce("image" -> '@redacted', '[]'))
            ) r))
        ELSE "image" END
$$;

-- Takes the values of some properties out of every image of a record; answers how many changes held one.
CREATE FUNCTION "kartoteka"."redact_changes"("of_entity" text, "of_record" uuid, "names" text[]) RETURNS bigint
    LANGUAGE sql VOLATILE SET "kartoteka.change_log" = 'redact' AS $$
    WITH r AS (
        UPDATE "kartoteka"."change_log" l SET
            "before" = "kartoteka"."redacted_image"(l."before", "names"),
            "after" = "kartoteka"."redacted_image"(l."after", "names")
        WHERE l."record_id" = "of_record" AND l."entity" = "of_entity" AND (l."before" ?| "names" OR l."after" ?| "names")
        RETURNING 1
    ) SELECT count(*) FROM r
$$;
