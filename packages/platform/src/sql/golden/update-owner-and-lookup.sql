-- update order (owner_id, referrer_id, discount)
-- $1 {"from":"access","entity":"order","privilege":"write","arm":0}
-- $2 {"from":"access","entity":"order","privilege":"assign","arm":0}
-- $3 {"from":"value","name":"owner_id"}
-- $4 {"from":"constant","value":"{administrator,seller,no_create,unit_creator,no_write,no_append,no_append_to,no_assign,no_delete,no_line_delete,open_only,small_only}"}
-- $5 {"from":"value","name":"referrer_id"}
-- $6 {"from":"value","name":"discount"}
-- $7 {"from":"constant","value":"won"}
-- $8 {"from":"access","entity":"order","privilege":"append","arm":0}
-- $9 {"from":"access","entity":"account","privilege":"read","arm":0}
-- $10 {"from":"access","entity":"account","privilege":"append_to","arm":0}
-- $11 {"from":"access","entity":"order","privilege":"read","arm":0}
-- $12 {"from":"value","name":"id"}
-- $13 {"from":"context","name":"me"}
-- $14 {"from":"value","name":"@client"}
-- $15 {"from":"context","name":"caller"}
-- 0, record: missing_privilege_on_record {"privilege":"write","entity":"order"}
-- 1, record: missing_privilege_on_record {"privilege":"assign","entity":"order"}
-- 2, values: target_not_found {"name":"owner_id"}
-- 3, values: invalid_value {"name":"owner_id","reason":"the new owner holds no role that reads order records"}
-- 4, values: read_only {"name":"discount"}
-- 5, record: missing_privilege_on_record {"privilege":"append","entity":"order"}
-- 6, values: target_not_found {"name":"referrer_id"}
-- 7, targets: missing_privilege_on_record {"privilege":"append_to","entity":"account"}
-- 8, targets: missing_privilege_on_record {"privilege":"append_to","entity":"account"}
-- 9, targets: missing_privilege_on_record {"privilege":"read","entity":"account"}
with c as materialized (select o.id, o.owner_id, o.owning_business_unit_id, o.version, o.referrer_id, o.discount, new_owner.unit as "@unit", case when not (coalesce(o.owner_id = any($1::uuid[]), false)) then '0,' else '' end || case when o.owner_id is distinct from $3::uuid and not (coalesce(o.owner_id = any($2::uuid[]), false)) then '1,' else '' end || case when o.owner_id is distinct from $3::uuid and new_owner.id is null then '2,' else '' end || case when o.owner_id is distinct from $3::uuid and new_owner.id is not null and not exists (select from data.role_assignment a
 where a.deleted_on is null and a.role = any($4::text[]) and (a.user_id = $3::uuid or a.team_id = $3::uuid or a.team_id in (select m.team_id from data.team_member m
 where m.user_id = $3::uuid and m.deleted_on is null))) then '3,' else '' end || case when o.discount is distinct from n.discount and ((o.stage = $7::text)) then '4,' else '' end || case when o.referrer_id is distinct from $5::uuid and not (coalesce(o.owner_id = any($8::uuid[]), false)) then '5,' else '' end || case when $5::uuid is not null and o.referrer_id is distinct from $5::uuid and l0.id is null then '6,' else '' end || case when not l0."@appendable" then '7' || '=' || coalesce(l0.id::text, '') || ',' else '' end || case when o.referrer_id is not null and o.referrer_id is distinct from $5::uuid and not exists (select from data.account t
 where t.id = o.referrer_id and (coalesce(t.owner_id = any($10::uuid[]), false))) then '8' || '=' || coalesce(o.referrer_id::text, '') || ',' else '' end || case when o.referrer_id is not null and o.referrer_id is distinct from $5::uuid and not exists (select from data.account t
 where t.id = o.referrer_id and (coalesce(t.owning_business_unit_id = any($9::uuid[]), false))) then '9' || '=' || coalesce(o.referrer_id::text, '') || ',' else '' end as "@failed", o.owner_id is distinct from $3::uuid or o.referrer_id is distinct from $5::uuid or o.discount is distinct from $6::numeric(30,10) as "@changed", clock_timestamp() as "@at"
 from (select t.id, t.owner_id, t.owning_business_unit_id, t.version, t.referrer_id, t.stage, t.discount from data."order" t
 where t.id = $12::uuid and t.deleted_on is null and (coalesce(t.owning_business_unit_id = any($11::uuid[]), false)) for no key update of t) o left join lateral (select *
 from (select t.id, t.owning_business_unit_id as unit from data."user" t
 where t.id = $3::uuid and o.owner_id is distinct from $3::uuid and t.deleted_on is null and t.active is not false for key share of t) user_owner union all select *
 from (select t.id, t.owning_business_unit_id as unit from data.team t
 where t.id = $3::uuid and o.owner_id is distinct from $3::uuid and t.deleted_on is null for key share of t) team_owner) new_owner on true cross join lateral (select $6::numeric(30,10) as discount) n left join lateral (select t.id, (coalesce(t.owner_id = any($10::uuid[]), false)) as "@appendable" from data.account t
 where t.id = $5::uuid and num_nonnulls(t.deleted_on) = 0 and (coalesce(t.owning_business_unit_id = any($9::uuid[]), false)) and o.referrer_id is distinct from $5::uuid for key share of t) l0 on true)
, w as (update data."order" t set owner_id = $3::uuid, referrer_id = $5::uuid, discount = $6::numeric(30,10), owning_business_unit_id = coalesce(c."@unit", c.owning_business_unit_id), version = t.version + 1, modified_on = c."@at", modified_by_id = $13::uuid from c
 where t.id = $12::uuid and c."@failed" = '' and c."@changed" returning t.id, t.owner_id, t.owning_business_unit_id, t.version, t.referrer_id, t.discount)
, l as (insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after, caller_id) select 'order', w.id, 'update', w.version, $13::uuid, $14::text, case when c.owner_id is distinct from w.owner_id then jsonb_build_object('owner_id', c.owner_id) else '{}' end || case when c.referrer_id is distinct from w.referrer_id then jsonb_build_object('referrer_id', c.referrer_id) else '{}' end || case when c.discount is distinct from w.discount then jsonb_build_object('discount', c.discount) else '{}' end || case when c.owning_business_unit_id is distinct from w.owning_business_unit_id then jsonb_build_object('owning_business_unit_id', c.owning_business_unit_id) else '{}' end, case when w.owner_id is distinct from c.owner_id then jsonb_build_object('owner_id', w.owner_id) else '{}' end || case when w.referrer_id is distinct from c.referrer_id then jsonb_build_object('referrer_id', w.referrer_id) else '{}' end || case when w.discount is distinct from c.discount then jsonb_build_object('discount', w.discount) else '{}' end || case when w.owning_business_unit_id is distinct from c.owning_business_unit_id then jsonb_build_object('owning_business_unit_id', w.owning_business_unit_id) else '{}' end, $15::uuid from w, c)
 select c."@failed" as failed, c."@changed" as changed, coalesce(w.version, c.version)::text as version from c left join w on true
