-- create reminder (about: order)
-- $1 {"from":"context","name":"me"}
-- $2 {"from":"value","name":"id"}
-- $3 {"from":"context","name":"my_business_unit"}
-- $4 {"from":"value","name":"name"}
-- $5 {"from":"value","name":"about_id"}
-- $6 {"from":"value","name":"about_type"}
-- $7 {"from":"access","entity":"order","privilege":"read","arm":0}
-- $8 {"from":"access","entity":"order","privilege":"append_to","arm":0}
-- $9 {"from":"value","name":"@client"}
-- $10 {"from":"context","name":"caller"}
-- 0, values: target_not_found {"name":"about_id"}
-- 1, targets: missing_privilege_on_record {"privilege":"append_to","entity":"order"}
with c as materialized (select case when $5::uuid is not null and l0.id is null then '0,' else '' end || case when not l0."@appendable" then '1' || '=' || coalesce(l0.id::text, '') || ',' else '' end as "@failed"
 from (select) one cross join lateral (select $2::uuid as id, $1::uuid as owner_id, $3::uuid as owning_business_unit_id, now() as created_on, $1::uuid as created_by_id, now() as modified_on, $1::uuid as modified_by_id, 1 as version, $4::text as name, $5::uuid as about_id, $6::text as about_type) n left join lateral (select t.id, (coalesce(t.owner_id = any($8::uuid[]), false)) as "@appendable" from data."order" t
 where t.id = $5::uuid and num_nonnulls(t.deleted_on) = 0 and (coalesce(t.owning_business_unit_id = any($7::uuid[]), false)) for key share of t) l0 on true)
, w as (insert into data.reminder as t (id, created_on, created_by_id, modified_on, modified_by_id, version, owner_id, owning_business_unit_id, name, about_id, about_type) select $2::uuid, now(), $1::uuid, now(), $1::uuid, 1, $1::uuid, $3::uuid, $4::text, $5::uuid, $6::text from c
 where c."@failed" = '' returning t.id, t.owner_id, t.owning_business_unit_id, t.created_on, t.created_by_id, t.modified_on, t.modified_by_id, t.version, t.name, t.about_id, t.about_type)
, l as (insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after, caller_id) select 'reminder', w.id, 'create', w.version, $1::uuid, $9::text, null::jsonb, jsonb_build_object('owner_id', w.owner_id, 'owning_business_unit_id', w.owning_business_unit_id, 'name', w.name, 'about_id', w.about_id, 'about_type', w.about_type), $10::uuid from w)
 select c."@failed" as failed, true as changed, w.version::text as version from c left join w on true
