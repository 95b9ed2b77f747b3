// Line drawings of our own, 24 × 24, always beside a word.
import type { ComponentChildren } from 'preact';

function Line({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.75"
      stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const Mark = () => (
  <svg class="mark" viewBox="0 0 40 44" width="28" height="31" aria-hidden="true" focusable="false">
    <path class="mark-frame" d="M1 41V19a19 19 0 0 1 38 0v22a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2z" />
    <path class="mark-pane" d="M5 22v-3A15 15 0 0 1 18.200 4.100V22z" />
    <path class="mark-lit" d="M21.800 4.100A15 15 0 0 1 35 19v3H21.800z" />
    <path class="mark-pane" d="M5 25.600h13.200V39H5zM21.800 25.600H35V39H21.800z" />
  </svg>
);

export const TodayIcon = () => <Line><path d="M4 21V11a8 8 0 0 1 16 0v10zM12 3v18M4 12.500h16" /></Line>;
export const LeadsIcon = () => <Line><circle cx="9" cy="8" r="3.500" /><path d="M2.500 20a6.500 6.500 0 0 1 13 0M16 4.800a3.500 3.500 0 0 1 0 6.400M18 14.500a6.500 6.500 0 0 1 3.500 5.500" /></Line>;
export const SettingsIcon = () => <Line><path d="M4 7h9M17 7h3M4 17h3M11 17h9" /><circle cx="15" cy="7" r="2" /><circle cx="9" cy="17" r="2" /></Line>;
export const OperationsIcon = () => <Line><path d="M3 12h4l2.500-7 5 14 2.500-7h4" /></Line>;
export const MoreIcon = () => <Line><path d="M4 7h16M4 12h16M4 17h10" /></Line>;
export const PhoneIcon = () => <Line><path d="M5 3.500h3.500l1.800 4.500-2.300 1.700a13 13 0 0 0 6.300 6.300L16 13.700l4.500 1.800V19a1.500 1.500 0 0 1-1.600 1.500C10.500 20 4 13.500 3.500 5.100A1.500 1.500 0 0 1 5 3.500z" /></Line>;
export const TextIcon = () => <Line><path d="M4 5h16v11H9.500L5 20v-4H4z" /></Line>;
export const MailIcon = () => <Line><path d="M3.500 6h17v12h-17zM4 6.500l8 6.500 8-6.500" /></Line>;
export const OpenIcon = () => <Line><path d="M5 12h13M13 6.500 18.500 12 13 17.500" /></Line>;
export const CheckIcon = () => <Line><path d="M5 12.500 10 17.500 19 7" /></Line>;
export const SearchIcon = () => <Line><circle cx="11" cy="11" r="6" /><path d="m15.500 15.500 5 5" /></Line>;
export const BackIcon = () => <Line><path d="M19 12H6M11 6.500 5.500 12 11 17.500" /></Line>;
