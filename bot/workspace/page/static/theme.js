// Sets the theme before the first paint, so that nothing flashes. No choice
// means the system's own theme.
'use strict';
const chosenTheme = localStorage.getItem('theme');
if (chosenTheme === 'light' || chosenTheme === 'dark') document.documentElement.dataset.theme = chosenTheme;
