-- unlinks watchers of an order
-- $1 {"from":"access","entity":"order","privilege":"append","arm":0}
-- $2 {"from":"access","entity":"account","privilege":"append","arm":0}
-- $3 {"from":"access","entity":"order","privilege":"append_to","arm":0}
-- $4 {"from":"access","entity":"account","privilege":"append_to","arm":0}
-- $5 {"from":"value","name":"id"}
-- $6 {"from":"access","entity":"order","privilege":"read","arm":0}
-- $7 {"from":"value","name":"@others"}
-- $8 {"from":"access","entity":"account","privilege":"read","arm":0}
-- $9 {"from":"context","name":"me"}
-- $10 {"from":"value","name":"@client"}
-- $11 {"from":"context","name":"caller"}
-- 0, record: missing_privilege_on_record {"privilege":"append","entity":"order"}
-- 1, targets: missing_privilege_on_record {"privilege":"append","entity":"account"}
-- 2, record: missing_privilege_on_record {"privilege":"append_to","entity":"order"}
-- 3, targets: missing_privilege_on_record {"privilege":"append_to","entity":"account"}
with o as materialized (select t.id, t.version as version, (coalesce(t.owner_id = any($1::uuid[]), false)) as "@append", (coalesce(t.owner_id = any($3::uuid[]), false)) as "@append_to" from data."order" t
 where t.id = $5::uuid and t.deleted_on is null and (coalesce(t.owning_business_unit_id = any($6::uuid[]), false)) for no key update of t)
, x as materialized (select t.id, (coalesce(t.owner_id = any($2::uuid[]), false)) as "@append", (coalesce(t.owner_id = any($4::uuid[]), false)) as "@append_to" from data.account t
 where t.id = any($7::uuid[]) and t.deleted_on is null and (coalesce(t.owning_business_unit_id = any($8::uuid[]), false)))
, c as materialized (select o.id, o.version, x.id as other, case when not o."@append" then '0,' else '' end || case when not x."@append" then '1' || '=' || coalesce(x.id::text, '') || ',' else '' end || case when not o."@append_to" then '2,' else '' end || case when not x."@append_to" then '3' || '=' || coalesce(x.id::text, '') || ',' else '' end as "@failed" from o cross join x)
, w as (delete from data.order__watchers j using c
 where j.own_id = c.id and j.other_id = c.other and c."@failed" = '' returning j.other_id as id)
, l as (insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after, caller_id) select 'order', c.id, 'update', c.version, $9::uuid, $10::text, jsonb_build_object('watchers', w.ids), '{}'::jsonb, $11::uuid
 from (select jsonb_agg(w.id order by w.id) as ids from w) w cross join c
 where w.ids is not null)
 select c."@failed" as failed, exists (select from w) as removed from c
