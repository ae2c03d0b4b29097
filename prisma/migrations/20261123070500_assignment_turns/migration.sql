-- CreateTable
CREATE TABLE "kartoteka"."assignment_turn" (
    "rule" TEXT NOT NULL,
    "taken" BIGINT NOT NULL,

    CONSTRAINT "assignment_turn_pkey" PRIMARY KEY ("rule")
);
