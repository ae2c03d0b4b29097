// Attributes of the parts of dialogs and drawers. Their title stands in an element `header`, which outside of the page's main part would be a
// second banner of the page.
export const DIALOG_PARTS = { header: { role: 'presentation' } } as const;
