/** The sign of Parley, as in the tab. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path
        class="mark__ground"
        d="M8 3h16a6 6 0 0 1 6 6v9a6 6 0 0 1-6 6h-9l-6.3 4.9A1 1 0 0 1 7 28.1V24a6 6 0 0 1-5-6V9a6 6 0 0 1 6-6Z"
      />
      <path class="mark__lines" d="M9.5 11h13M9.5 16.5h8" />
    </svg>
  );
}
