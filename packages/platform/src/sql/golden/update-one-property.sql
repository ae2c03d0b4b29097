-- update order (units)
-- $1 {"from":"access","entity":"order","privilege":"write","arm":0}
-- $2 {"from":"value","name":"@if_match"}
-- $3 {"from":"value","name":"units"}
-- $4 {"from":"access","entity":"order","privilege":"read","arm":0}
-- $5 {"from":"value","name":"id"}
-- $6 {"from":"context","name":"me"}
-- $7 {"from":"value","name":"@client"}
-- $8 {"from":"context","name":"caller"}
-- 0, record: missing_privilege_on_record {"privilege":"write","entity":"order"}
-- 1, version: precondition_failed {}
with c as materialized (select o.id, o.version, o.units, case when not (coalesce(o.owner_id = any($1::uuid[]), false)) then '0,' else '' end || case when o.version <> all($2::bigint[]) then '1,' else '' end as "@failed", o.units is distinct from $3::bigint as "@changed", clock_timestamp() as "@at"
 from (select t.id, t.owner_id, t.version, t.units from data."order" t
 where t.id = $5::uuid and t.deleted_on is null and (coalesce(t.owning_business_unit_id = any($4::uuid[]), false)) for no key update of t) o)
, w as (update data."order" t set units = $3::bigint, version = t.version + 1, modified_on = c."@at", modified_by_id = $6::uuid from c
 where t.id = $5::uuid and c."@failed" = '' and c."@changed" returning t.id, t.version, t.units)
, l as (insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after, caller_id) select 'order', w.id, 'update', w.version, $6::uuid, $7::text, jsonb_build_object('units', c.units), jsonb_build_object('units', w.units), $8::uuid from w, c)
 select c."@failed" as failed, c."@changed" as changed, coalesce(w.version, c.version)::text as version from c left join w on true
