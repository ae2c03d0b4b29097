-- CreateTable
CREATE TABLE "kartoteka"."repeated_request" (
    "principal_id" UUID NOT NULL,
    "caller_id" UUID NOT NULL,
    "client_id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "first_sent" TIMESTAMPTZ(6) NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "status" SMALLINT,
    "headers" TEXT,
    "body" TEXT,
    "error" TEXT,
    "size" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "repeated_request_pkey" PRIMARY KEY ("principal_id","caller_id","client_id","request_id")
);

-- CreateIndex
CREATE INDEX "repeated_request_first_sent_idx" ON "kartoteka"."repeated_request"("first_sent");
