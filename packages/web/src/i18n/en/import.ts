// English texts of this area. Every key stands in ../ru/import.ts, too.
export const importTexts = {
  title: 'Import',
};
