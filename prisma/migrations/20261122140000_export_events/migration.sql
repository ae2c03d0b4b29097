-- AlterTable
ALTER TABLE "kartoteka"."security_log" ADD COLUMN "caller_id" UUID;

-- By hand: exports are security events like the others from here on.
INSERT INTO "kartoteka"."security_log" (occurred_on, kind, actor_id, client, target_entity, details)
SELECT at, 'export_started', actor_id, client, entity, jsonb_build_object('export_id', id::text, 'query', query)
  FROM "kartoteka"."export_log" ORDER BY id;

INSERT INTO "kartoteka"."security_log" (occurred_on, kind, actor_id, client, target_entity, details)
SELECT coalesce(finished_on, at), 'export_ended', actor_id, client, entity,
       jsonb_build_object('export_id', id::text, 'records', records, 'complete', finished_on IS NOT NULL)
  FROM "kartoteka"."export_log" WHERE records IS NOT NULL ORDER BY id;

-- DropTable
DROP TABLE "kartoteka"."export_log";
