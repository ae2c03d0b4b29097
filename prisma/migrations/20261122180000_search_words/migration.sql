-- By hand: $search finds the words of long texts in any of their forms. The configuration of PostgreSQL's own Russian one (whose
-- words in Latin letters are English), but with dictionaries that leave no word out: every word of a text can be asked for, and
-- a phrase is the same words in the same places.
CREATE TEXT SEARCH DICTIONARY "kartoteka"."russian_words" (TEMPLATE = pg_catalog.snowball, Language = russian);
CREATE TEXT SEARCH DICTIONARY "kartoteka"."english_words" (TEMPLATE = pg_catalog.snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION "kartoteka"."words" (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION "kartoteka"."words"
    ALTER MAPPING FOR asciiword, asciihword, hword_asciipart WITH "kartoteka"."english_words";
ALTER TEXT SEARCH CONFIGURATION "kartoteka"."words"
    ALTER MAPPING FOR word, hword, hword_part WITH "kartoteka"."russian_words";

-- to_tsvector, at a price that is nearer to the truth: the planner would rather read ten rows more than ask it once. Indexes
-- hold its results: what it answers must never change.
CREATE FUNCTION "kartoteka"."search_words"("text" text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 5000
    AS $$ BEGIN RETURN pg_catalog.to_tsvector('kartoteka.words'::pg_catalog.regconfig, "text"); END $$;
