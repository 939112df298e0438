// What the page says while the work is done, for whoever sees it and for whoever hears it.
(function () {
	"use strict";
	var status = document.getElementById("status");
	status.textContent = status.getAttribute("data-working");
	setTimeout(function () {
		status.textContent = status.getAttribute("data-slow");
	}, 8000);
})();
