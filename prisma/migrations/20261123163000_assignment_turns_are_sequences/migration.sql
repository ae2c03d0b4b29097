-- Turns of assignment rules are drawn from a sequence for each rule, which nobody waits for. Those that were taken count on.
DO $$
DECLARE
  turn record;
BEGIN
  FOR turn IN SELECT "rule", "taken" FROM "kartoteka"."assignment_turn" LOOP
    EXECUTE format('CREATE SEQUENCE IF NOT EXISTS kartoteka.%I MINVALUE 0 START WITH %s CYCLE', 'assignment_turn_' || md5(turn."rule"), turn."taken");
  END LOOP;
END
$$;

-- DropTable
DROP TABLE "kartoteka"."assignment_turn";
