-- CreateTable
CREATE TABLE "kartoteka"."invited_meeting" (
    "activity_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL DEFAULT 0,
    "content" JSON,
    "cancelled_on" TIMESTAMPTZ(6),

    CONSTRAINT "invited_meeting_pkey" PRIMARY KEY ("activity_id")
);

-- CreateTable
CREATE TABLE "kartoteka"."invitation" (
    "participant_id" UUID NOT NULL,
    "activity_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_optional" BOOLEAN NOT NULL,
    "language" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL DEFAULT -1,
    "cancelled_on" TIMESTAMPTZ(6),

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("participant_id")
);

-- CreateTable
CREATE TABLE "kartoteka"."calendar_feed" (
    "user_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "made_on" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "calendar_feed_pkey" PRIMARY KEY ("user_id")
);

-- CreateIndex
CREATE INDEX "invitation_activity_id_idx" ON "kartoteka"."invitation"("activity_id");

-- CreateIndex
CREATE UNIQUE INDEX "calendar_feed_token_hash_key" ON "kartoteka"."calendar_feed"("token_hash");

-- AddForeignKey
ALTER TABLE "kartoteka"."invitation" ADD CONSTRAINT "invitation_activity_id_fkey" FOREIGN KEY ("activity_id") REFERENCES "kartoteka"."invited_meeting"("activity_id") ON DELETE CASCADE ON UPDATE CASCADE;
