-- create order (name, account_id, amount)
-- $1 {"from":"context","name":"me"}
-- $2 {"from":"value","name":"id"}
-- $3 {"from":"context","name":"my_business_unit"}
-- $4 {"from":"value","name":"name"}
-- $5 {"from":"value","name":"account_id"}
-- $6 {"from":"value","name":"amount"}
-- $7 {"from":"constant","value":"new"}
-- $8 {"from":"constant","value":"USD"}
-- $9 {"from":"constant","value":"won"}
-- $10 {"from":"access","entity":"account","privilege":"read","arm":0}
-- $11 {"from":"access","entity":"account","privilege":"append_to","arm":0}
-- $12 {"from":"value","name":"@client"}
-- $13 {"from":"context","name":"caller"}
-- 0, values: required {"name":"amount"}
-- 1, values: rule_violated {"reason":"A won order needs a day"}
-- 2, values: target_not_found {"name":"account_id"}
-- 3, targets: missing_privilege_on_record {"privilege":"append_to","entity":"account"}
with c as materialized (select case when n.amount is null and ((n.stage = $9::text)) then '0,' else '' end || case when ((n.stage = $9::text) and (n.day is null)) then '1,' else '' end || case when $5::uuid is not null and l0.id is null then '2,' else '' end || case when not l0."@appendable" then '3' || '=' || coalesce(l0.id::text, '') || ',' else '' end as "@failed"
 from (select) one cross join lateral (select $2::uuid as id, $1::uuid as owner_id, $3::uuid as owning_business_unit_id, now() as created_on, $1::uuid as created_by_id, now() as modified_on, $1::uuid as modified_by_id, 1 as version, $4::text as name, $5::uuid as account_id, null::uuid as referrer_id, $7::text as stage, null::text as phase, $6::numeric(19,4) as amount, $8::text as amount_currency, round($6::numeric(19,4) * case coalesce($8::text, 'USD') when 'USD' then 1::numeric when 'EUR' then 1.08::numeric when 'GBP' then 1.27::numeric when 'RUB' then 0.0125::numeric when 'CNY' then 0.14::numeric when 'JPY' then 0.0067::numeric end, 4) as amount_base, null::numeric(30,10) as discount, null::bigint as units, null::date as day, null::timestamptz as moment, null::text as remark, null::text as salary, null::text as origin) n left join lateral (select t.id, (coalesce(t.owner_id = any($11::uuid[]), false)) as "@appendable" from data.account t
 where t.id = $5::uuid and num_nonnulls(t.deleted_on) = 0 and (coalesce(t.owning_business_unit_id = any($10::uuid[]), false)) for key share of t) l0 on true)
, w as (insert into data."order" as t (id, created_on, created_by_id, modified_on, modified_by_id, version, owner_id, owning_business_unit_id, name, account_id, amount, stage, amount_currency, amount_base) select $2::uuid, now(), $1::uuid, now(), $1::uuid, 1, $1::uuid, $3::uuid, $4::text, $5::uuid, $6::numeric(19,4), $7::text, $8::text, round($6::numeric(19,4) * case coalesce($8::text, 'USD') when 'USD' then 1::numeric when 'EUR' then 1.08::numeric when 'GBP' then 1.27::numeric when 'RUB' then 0.0125::numeric when 'CNY' then 0.14::numeric when 'JPY' then 0.0067::numeric end, 4) from c
 where c."@failed" = '' returning t.id, t.owner_id, t.owning_business_unit_id, t.created_on, t.created_by_id, t.modified_on, t.modified_by_id, t.version, t.name, t.account_id, t.stage, t.amount, t.amount_currency, t.amount_base)
, l as (insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after, caller_id) select 'order', w.id, 'create', w.version, $1::uuid, $12::text, null::jsonb, jsonb_build_object('owner_id', w.owner_id, 'owning_business_unit_id', w.owning_business_unit_id, 'name', w.name, 'account_id', w.account_id, 'amount', w.amount, 'stage', w.stage, 'amount_currency', w.amount_currency, 'amount_base', w.amount_base), $13::uuid from w)
 select c."@failed" as failed, true as changed, w.version::text as version from c left join w on true
