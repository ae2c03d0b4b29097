// Which properties of a record a condition reads, so that a write judges only the conditions it can change.
// A path over a lookup reads the lookup's property; what it reads of the other record is not this record's concern.
import { type EntityType, referencedPaths, type TypedExpression } from '@kartoteka/metadata';

/** Names of the record's own properties the expression depends on; may repeat. */
export function referencedProperties(entity: EntityType, expression: TypedExpression): readonly string[] {
  return referencedPaths(expression).flatMap((path) => {
    const first = path.navigations[0];
    const holder = first === undefined ? path.property : entity.navigations.get(first)?.property;
    return holder === undefined ? [] : [holder];
  });
}
