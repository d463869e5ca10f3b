/** An upload that never replies and would keep its process alive. */
setInterval(() => undefined, 1000)
