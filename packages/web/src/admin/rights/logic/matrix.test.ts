import { describe, expect, test } from 'vitest';
import { planEdit } from '../../model/logic/edit.ts';
import { effectiveOf, type LayeredDocument } from '../../model/logic/layered.ts';
import { edited, previewedRole } from './edited.ts';
import { type Cell, cellDifferences, cellOf, changesFor, columnFill, depthsFor, nextDepth, rowFill } from './matrix.ts';
import { capabilityChanges, fieldChanges, fieldRightsOf, toggled } from './secured.ts';

const deal = { name: 'deal', ownership: 'user' } as const;
const product = { name: 'product', ownership: 'organization' } as const;
const event = { name: 'event', ownership: 'parent' } as const;
const unit = { name: 'site', ownership: 'business_unit' } as const;

const shipped = (body: object): LayeredDocument => ({
  ...{ kind: 'role', name: 'seller', published: null, draft: undefined },
  lower: [{ layer: 'base', body: { name: 'seller', ...body } }],
});
const own = (body: object): LayeredDocument => ({
  ...{ kind: 'role', name: 'x_helper', lower: [], draft: undefined },
  published: { name: 'x_helper', ...body },
});

/** The body after the edit, and the custom layer's. */
function set(document: LayeredDocument, entity: typeof deal, privilege: 'read' | 'write', cell: Cell) {
  const after = edited(document, changesFor(document, [{ entity, privilege, cell }]));
  return { after: effectiveOf(after), custom: after.draft };
}

describe('depths', () => {
  test('only those that the ownership has, and none where a privilege means nothing', () => {
    expect(depthsFor('user', 'read')).toEqual(['none', 'user', 'business_unit', 'parent_child', 'organization']);
    expect(depthsFor('business_unit', 'read')).toEqual(['none', 'business_unit', 'parent_child', 'organization']);
    expect(depthsFor('organization', 'read')).toEqual(['none', 'organization']);
    expect(depthsFor('organization', 'share')).toEqual([]);
    expect(depthsFor('parent', 'assign')).toEqual([]);
  });

  test('go around in both directions', () => {
    expect(nextDepth('user', 'read', 'organization', 1)).toBe('none');
    expect(nextDepth('user', 'read', 'none', -1)).toBe('organization');
    expect(nextDepth('organization', 'read', 'none', 1)).toBe('organization');
  });
});

describe('reading', () => {
  test('the most exact entry counts, and a row of its own hides the row of all entities', () => {
    const body = {
      privileges: { '*': { '*': 'organization' }, deal: { '*': 'user', write: { depth: 'user', when: 'a eq 1' } } },
    };
    expect(cellOf(body, deal, 'write')).toEqual({ depth: 'user', when: 'a eq 1' });
    expect(cellOf(body, deal, 'read')).toEqual({ depth: 'user' });
    expect(cellOf(body, product, 'read')).toEqual({ depth: 'organization' });
    expect(cellOf({ privileges: { '*': { read: 'organization' }, deal: {} } }, deal, 'read')).toEqual({
      depth: 'none',
    });
  });

  test('what does not apply to the ownership gives nothing', () => {
    const body = { privileges: { '*': { '*': 'user' } } };
    expect(cellOf(body, product, 'read')).toEqual({ depth: 'none' });
    expect(cellOf(body, event, 'assign')).toEqual({ depth: 'none' });
    expect(cellOf(body, unit, 'read')).toEqual({ depth: 'none' });
  });
});

describe('narrowing a cell', () => {
  test('of a shipped role makes an extension with nothing else in it', () => {
    const document = shipped({ privileges: { deal: { read: 'organization', write: 'user' } } });
    expect(set(document, deal, 'read', { depth: 'user' }).custom).toEqual({
      extends: 'seller',
      privileges: { deal: { read: 'user' } },
    });
  });

  test('that comes from the row of all entities keeps everything else of it', () => {
    const document = shipped({ privileges: { '*': { '*': 'organization' } } });
    const { after } = set(document, deal, 'read', { depth: 'none' });
    expect(cellOf(after, deal, 'read')).toEqual({ depth: 'none' });
    expect(cellOf(after, deal, 'write')).toEqual({ depth: 'organization' });
    expect(cellOf(after, product, 'read')).toEqual({ depth: 'organization' });
  });

  test('back to what the lower layer says takes the customisation away', () => {
    const document = {
      ...shipped({ privileges: { deal: { read: 'organization' } } }),
      published: { extends: 'seller', privileges: { deal: { read: 'user' } } },
    };
    const changes = changesFor(document, [{ entity: deal, privilege: 'read', cell: { depth: 'organization' } }]);
    expect(planEdit(document, changes)).toEqual({ method: 'DELETE' });
    expect(previewedRole(document, changes)).toEqual({ extends: 'seller', remove: true });
  });

  test('drops the condition of the lower layer with the depth, and keeps one that is given', () => {
    const document = shipped({ privileges: { deal: { write: { depth: 'user', when: 'a eq 1' } } } });
    expect(cellOf(set(document, deal, 'write', { depth: 'user' }).after, deal, 'write')).toEqual({ depth: 'user' });
    const wider = set(document, deal, 'write', { depth: 'organization', when: 'a eq 1' });
    expect(cellOf(wider.after, deal, 'write')).toEqual({ depth: 'organization', when: 'a eq 1' });
  });

  test('of an own role leaves no entry behind', () => {
    const document = own({ privileges: { deal: { read: 'user' } } });
    expect(set(document, deal, 'read', { depth: 'none' }).custom).toEqual({
      name: 'x_helper',
      privileges: { deal: {} },
    });
  });

  test('under a wildcard of its row says none', () => {
    const document = own({ privileges: { deal: { '*': 'user' } } });
    const { after } = set(document, deal, 'read', { depth: 'none' });
    expect(cellOf(after, deal, 'read')).toEqual({ depth: 'none' });
    expect(cellOf(after, deal, 'write')).toEqual({ depth: 'user' });
  });
});

describe('fills', () => {
  test('a row leaves out what does not apply', () => {
    const document = own({ privileges: {} });
    const after = effectiveOf(edited(document, changesFor(document, rowFill(effectiveOf(document), event, 'user'))));
    expect(after?.privileges).toEqual({
      event: Object.fromEntries(
        ['create', 'read', 'write', 'delete', 'append', 'append_to', 'share'].map((privilege) => [privilege, 'user']),
      ),
    });
  });

  test('a column leaves entities alone that do not have the depth, and keeps conditions', () => {
    const document = own({ privileges: { deal: { read: { depth: 'user', when: 'a eq 1' } } } });
    const body = effectiveOf(document);
    const edits = columnFill(body, [deal, product], 'read', 'business_unit');
    const after = effectiveOf(edited(document, changesFor(document, edits)));
    expect(cellDifferences(body, after, [deal, product])).toEqual([
      {
        ...{ entity: 'deal', privilege: 'read', before: { depth: 'user', when: 'a eq 1' } },
        after: { depth: 'business_unit', when: 'a eq 1' },
      },
    ]);
  });
});

describe('secured fields and capabilities', () => {
  test('update brings read along, and goes with it', () => {
    expect(toggled([], 'update', true)).toEqual(['read', 'update']);
    expect(toggled(['read', 'create', 'update'], 'read', false)).toEqual(['create']);
  });

  test('a field is narrowed without the others of its row', () => {
    const document = own({ privileges: {}, fields: { '*': { '*': ['read', 'update'] } } });
    const changes = fieldChanges(document, 'deal', 'margin', ['read'], ['margin', 'bonus']) ?? [];
    const after = effectiveOf(edited(document, changes));
    expect(fieldRightsOf(after, 'deal', 'margin')).toEqual(['read']);
    expect(fieldRightsOf(after, 'deal', 'bonus')).toEqual(['read', 'update']);
    expect(fieldRightsOf(after, 'company', 'bank')).toEqual(['read', 'update']);
  });

  test('taking away what a lower layer permits for all fields is refused', () => {
    const document = shipped({ privileges: {}, fields: { deal: { '*': ['read'] } } });
    expect(fieldChanges(document, 'deal', 'margin', [], ['margin'])).toBeNull();
    expect(fieldChanges(document, 'deal', 'margin', ['read', 'update'], ['margin'])).not.toBeNull();
  });

  test('a capability taken and given back leaves the document as it was', () => {
    const document = shipped({ privileges: {}, capabilities: ['export', 'audit'] });
    const taken = capabilityChanges(document, 'export', false);
    expect(effectiveOf(edited(document, taken))?.capabilities).toEqual(['audit']);
    const back = capabilityChanges(edited(document, taken), 'export', true);
    expect(planEdit(document, [...taken, ...back])).toEqual({ method: 'NONE' });
  });
});
