-- update reminder (about: account)
-- $1 {"from":"access","entity":"reminder","privilege":"write","arm":0}
-- $2 {"from":"value","name":"name"}
-- $3 {"from":"value","name":"about_id"}
-- $4 {"from":"value","name":"about_type"}
-- $5 {"from":"access","entity":"reminder","privilege":"append","arm":0}
-- $6 {"from":"access","entity":"account","privilege":"read","arm":0}
-- $7 {"from":"access","entity":"account","privilege":"append_to","arm":0}
-- $8 {"from":"access","entity":"order","privilege":"append_to","arm":0}
-- $9 {"from":"access","entity":"order","privilege":"read","arm":0}
-- $10 {"from":"access","entity":"reminder","privilege":"read","arm":0}
-- $11 {"from":"value","name":"id"}
-- $12 {"from":"context","name":"me"}
-- $13 {"from":"value","name":"@client"}
-- $14 {"from":"context","name":"caller"}
-- 0, record: missing_privilege_on_record {"privilege":"write","entity":"reminder"}
-- 1, record: missing_privilege_on_record {"privilege":"append","entity":"reminder"}
-- 2, values: target_not_found {"name":"about_id"}
-- 3, targets: missing_privilege_on_record {"privilege":"append_to","entity":"account"}
-- 4, targets: missing_privilege_on_record {"privilege":"append_to","entity":"order"}
-- 5, targets: missing_privilege_on_record {"privilege":"read","entity":"order"}
-- 6, targets: missing_privilege_on_record {"privilege":"append_to","entity":"account"}
-- 7, targets: missing_privilege_on_record {"privilege":"read","entity":"account"}
with c as materialized (select o.id, o.version, o.name, o.about_id, o.about_type, case when not (coalesce(o.owner_id = any($1::uuid[]), false)) then '0,' else '' end || case when (o.about_id is distinct from $3::uuid or o.about_type is distinct from $4::text) and not (coalesce(o.owner_id = any($5::uuid[]), false)) then '1,' else '' end || case when $3::uuid is not null and (o.about_id is distinct from $3::uuid or o.about_type is distinct from $4::text) and l0.id is null then '2,' else '' end || case when not l0."@appendable" then '3' || '=' || coalesce(l0.id::text, '') || ',' else '' end || case when o.about_type = 'order' and (o.about_id is distinct from $3::uuid or o.about_type is distinct from $4::text) and not exists (select from data."order" t
 where t.id = o.about_id and (coalesce(t.owner_id = any($8::uuid[]), false))) then '4' || '=' || coalesce(o.about_id::text, '') || ',' else '' end || case when o.about_type = 'order' and (o.about_id is distinct from $3::uuid or o.about_type is distinct from $4::text) and not exists (select from data."order" t
 where t.id = o.about_id and (coalesce(t.owning_business_unit_id = any($9::uuid[]), false))) then '5' || '=' || coalesce(o.about_id::text, '') || ',' else '' end || case when o.about_type = 'account' and (o.about_id is distinct from $3::uuid or o.about_type is distinct from $4::text) and not exists (select from data.account t
 where t.id = o.about_id and (coalesce(t.owner_id = any($7::uuid[]), false))) then '6' || '=' || coalesce(o.about_id::text, '') || ',' else '' end || case when o.about_type = 'account' and (o.about_id is distinct from $3::uuid or o.about_type is distinct from $4::text) and not exists (select from data.account t
 where t.id = o.about_id and (coalesce(t.owning_business_unit_id = any($6::uuid[]), false))) then '7' || '=' || coalesce(o.about_id::text, '') || ',' else '' end as "@failed", o.name is distinct from $2::text or o.about_id is distinct from $3::uuid or o.about_type is distinct from $4::text as "@changed", clock_timestamp() as "@at"
 from (select t.id, t.owner_id, t.version, t.name, t.about_id, t.about_type from data.reminder t
 where t.id = $11::uuid and t.deleted_on is null and (coalesce(t.owning_business_unit_id = any($10::uuid[]), false)) for no key update of t) o left join lateral (select t.id, (coalesce(t.owner_id = any($7::uuid[]), false)) as "@appendable" from data.account t
 where t.id = $3::uuid and num_nonnulls(t.deleted_on) = 0 and (coalesce(t.owning_business_unit_id = any($6::uuid[]), false)) and (o.about_id is distinct from $3::uuid or o.about_type is distinct from $4::text) for key share of t) l0 on true)
, w as (update data.reminder t set name = $2::text, about_id = $3::uuid, about_type = $4::text, version = t.version + 1, modified_on = c."@at", modified_by_id = $12::uuid from c
 where t.id = $11::uuid and c."@failed" = '' and c."@changed" returning t.id, t.version, t.name, t.about_id, t.about_type)
, l as (insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after, caller_id) select 'reminder', w.id, 'update', w.version, $12::uuid, $13::text, case when c.name is distinct from w.name then jsonb_build_object('name', c.name) else '{}' end || case when c.about_id is distinct from w.about_id then jsonb_build_object('about_id', c.about_id) else '{}' end || case when c.about_type is distinct from w.about_type then jsonb_build_object('about_type', c.about_type) else '{}' end, case when w.name is distinct from c.name then jsonb_build_object('name', w.name) else '{}' end || case when w.about_id is distinct from c.about_id then jsonb_build_object('about_id', w.about_id) else '{}' end || case when w.about_type is distinct from c.about_type then jsonb_build_object('about_type', w.about_type) else '{}' end, $14::uuid from w, c)
 select c."@failed" as failed, c."@changed" as changed, coalesce(w.version, c.version)::text as version from c left join w on true
