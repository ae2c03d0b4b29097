-- Packages of documents: what is installed, and what uninstalled ones left behind.
create table kartoteka.package (
  name text primary key,
  publisher text not null,
  prefix text not null,
  version text not null,
  dependencies json not null,
  -- Its place among the layers.
  position int not null,
  -- json, not jsonb: the order of members is kept.
  manifest json not null,
  -- Null while it is installed; else the tables and columns that hold the values it left.
  remains json,
  installed_on timestamptz not null default now(),
  installed_by uuid,
  uninstalled_on timestamptz
);
