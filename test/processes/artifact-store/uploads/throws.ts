/** An upload that breaks before it can reply. */
throw new Error('cannot load')
