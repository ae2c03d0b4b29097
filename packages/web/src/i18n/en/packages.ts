// English texts of this area. Every key stands in ../ru/packages.ts, too.
export const packages = {
  title: 'Packages',
};
