// Talks to the server: actions out, the person's screen in.

const token = document.querySelector('meta[name=page-token]').content;

export async function directory() {
  const response = await fetch('/_page/directory');
  return response.json();
}

// act asks the server to do something as a person. It returns an empty string, or
// the sentence that says why it was not done.
export async function act(person, action, body) {
  try {
    const response = await fetch(`/_page/${action}?as=${encodeURIComponent(person)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Page-Token': token },
      body: JSON.stringify(body),
    });
    if (response.ok) return '';
    const text = await response.text();
    return response.headers.get('Content-Type')?.startsWith('application/json') ? JSON.parse(text).error : text;
  } catch {
    return 'The workspace could not be reached. Is it still running?';
  }
}

// follow calls onScreen with a person's screen and every change of it, and onState
// with whether the connection stands. It returns a function that ends it.
export function follow(person, onScreen, onState) {
  let source;
  let waiting;
  const open = () => {
    source = new EventSource(`/_page/stream?as=${encodeURIComponent(person)}&token=${encodeURIComponent(token)}`);
    source.addEventListener('screen', (event) => onScreen(JSON.parse(event.data)));
    source.addEventListener('reload', () => location.reload());
    source.addEventListener('open', () => onState(true));
    source.addEventListener('error', () => {
      onState(false);
      if (source.readyState === EventSource.CLOSED) waiting = setTimeout(open, 2000); // else it comes back by itself
    });
  };
  open();
  return () => {
    clearTimeout(waiting);
    source.close();
  };
}

// fileURL is the address of an uploaded file.
export function fileURL(person, id) {
  return `/_page/files/${encodeURIComponent(id)}?as=${encodeURIComponent(person)}`;
}
