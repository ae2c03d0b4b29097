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
 from (select t.id, t.owner_id, t.owning_business_unit_id, t.created_on, t.created_by_id, t.modified_on, t.modified_by_id, t.version, t.name, t.account_id, t.referrer_id, t.stage, t.amount, t.amount_currency, t.amount_base, t.discount, t.units, t.day, t.moment, t.remark, t.salary, t.origin from data."order" t
 where t.id = $5::uuid and t.deleted_on is null and (coalesce(t.owning_business_unit_id = any($4::uuid[]), false)) for no key update of t) o cross join lateral (select o.id as id, o.owner_id as owner_id, o.owning_business_unit_id as owning_business_unit_id, o.created_on as created_on, o.created_by_id as created_by_id, o.modified_on as modified_on, o.modified_by_id as modified_by_id, o.version as version, o.name as name, o.account_id as account_id, o.referrer_id as referrer_id, o.stage as stage, o.amount as amount, o.amount_currency as amount_currency, o.amount_base as amount_base, o.discount as discount, $3::bigint as units, o.day as day, o.moment as moment, o.remark as remark, o.salary as salary, o.origin as origin) n)
, w as (update data."order" t set units = $3::bigint, version = t.version + 1, modified_on = c."@at", modified_by_id = $6::uuid from c
 where t.id = $5::uuid and c."@failed" = '' and c."@changed" returning t.id, t.version, t.units)
, l as (insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after, caller_id) select 'order', w.id, 'update', w.version, $6::uuid, $7::text, jsonb_build_object('units', c.units), jsonb_build_object('units', w.units), $8::uuid from w, c)
 select c."@failed" as failed, c."@changed" as changed, coalesce(w.version, c.version)::text as version from c left join w on true
