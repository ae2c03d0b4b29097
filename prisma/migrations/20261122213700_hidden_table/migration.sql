-- Tables of removed entities and relations as they were, so that a publish can take them up again.
create table kartoteka.hidden_table (
  table_name text primary key,
  -- Columns, indexes and checks, without references to others.
  shape json not null,
  -- To whom the records belonged; null of links.
  ownership json,
  -- The revision that hid it.
  hidden_in bigint not null
);
