// The payload of a write, judged without the database: every finding at once, then each value as the text that is bound.
// Conditions that need the record (rules, required_when, targets) are the statement's.
import { canonicalValue, type EntityType } from '@kartoteka/metadata';
